"""What the IR means, in NumPy: the float reference, and the integer one that every C kernel matches bit for bit."""

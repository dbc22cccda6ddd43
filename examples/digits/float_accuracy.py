"""Top-1 accuracy of the float network on the test images, by onnxruntime."""

from pathlib import Path

import numpy as np
import onnxruntime

folder = Path(__file__).parent
session = onnxruntime.InferenceSession(folder / "digits.onnx")
with np.load(folder / "test.npz") as test:
    images = test["x"].transpose(0, 3, 1, 2).astype(np.float32) / 255
    right = session.run(None, {"image": images})[0].argmax(axis=1) == test["y"]
print(f"float top-1 accuracy {100 * right.mean():.2f} % ({right.sum()} of {right.size})")

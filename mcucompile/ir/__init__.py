"""The values that travel between the stages: Graph, Program, MemoryPlan, and their one text notation."""

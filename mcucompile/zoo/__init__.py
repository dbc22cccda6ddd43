"""ONNX graphs of the MobileNet family and of what it is compared with, without torch or TensorFlow."""

from mcucompile.zoo.build_network import build_network
from mcucompile.zoo.count import count
from mcucompile.zoo.registry import NETWORKS
from mcucompile.zoo.table import Row, ZooTable, zoo_table

__all__ = ["NETWORKS", "Row", "ZooTable", "build_network", "count", "zoo_table"]

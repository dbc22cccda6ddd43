"""The tables that made the family famous, counted here and set beside what was published."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from mcucompile.zoo.count import Cost, count
from mcucompile.zoo.mobilenet_v1 import mobilenet_v1_standard
from mcucompile.zoo.published import POINTWISE_SHARES, PUBLISHED, Published
from mcucompile.zoo.registry import NETWORKS, Network

_ALPHAS = (1.0, 0.75, 0.5, 0.25)
_RESOLUTIONS = (224, 192, 160, 128)


@dataclass(frozen=True)
class Row:
    """One network. resolution: height of the input."""

    network: str
    alpha: float
    resolution: int
    minimal: bool
    cost: Cost

    @property
    def published(self) -> Published | None:
        """What is printed about it, if anything is."""
        return PUBLISHED.get((self.network, self.alpha, self.resolution, self.minimal))

    def as_json(self) -> dict[str, Any]:
        """One object of `networks` in `zoo --table --json`."""
        published = self.published
        return {
            "network": self.network,
            "alpha": self.alpha,
            "resolution": self.resolution,
            "minimal": self.minimal,
            "macs": self.cost.macs,
            "parameters": self.cost.parameters,
            "pointwise_macs_share": self.cost.pointwise_macs,
            "pointwise_weights_share": self.cost.pointwise_weights,
            "published": None if published is None else vars(published),
        }


@dataclass(frozen=True)
class ZooTable:
    """rows: all networks. separable, standard: MobileNetV1 1.0-224, and the same with standard convolutions."""

    rows: tuple[Row, ...]
    separable: Row
    standard: Row

    def as_json(self) -> dict[str, Any]:
        """The object that `zoo --table --json` prints."""
        return {
            "networks": [row.as_json() for row in self.rows],
            "standard_convolutions": [self.separable.as_json(), self.standard.as_json()],
            "published_pointwise_shares": {"macs": POINTWISE_SHARES[0], "weights": POINTWISE_SHARES[1]},
        }


def zoo_table() -> ZooTable:
    """Counts every network of the table; no weight is made."""
    rows = tuple(_rows())
    standard = Network("mobilenet_v1_standard", mobilenet_v1_standard)
    return ZooTable(rows, rows[0], _row(standard, 1.0, 224))


def _rows() -> Iterator[Row]:
    """The families over alpha and resolution and where else something is printed; what they are compared with."""
    for network in NETWORKS.values():
        if not network.has_alpha:
            yield _row(network, 1.0, network.height)
            continue
        grid = [(alpha, resolution, False) for alpha in _ALPHAS for resolution in _RESOLUTIONS]
        printed = [key[1:] for key in PUBLISHED if key[0] == network.name]
        for alpha, resolution, minimal in dict.fromkeys((*grid, *printed)):
            yield _row(network, alpha, resolution, minimal)


def _row(network: Network, alpha: float, resolution: int, minimal: bool = False) -> Row:
    variant = network.variant(alpha=alpha, resolution=resolution, minimal=minimal)
    return Row(network.name, alpha, resolution, minimal, count(network.architecture(variant)))

"""Reconstruction of the rounding: which weights go up and which down, so that the layer's results err least.

The question is that of AdaRound (Nagel et al. 2020, arXiv:2004.10568, section 3). A layer's squared error is quadratic
in its weights, so second moments are all that a search needs; every output channel is a problem of its own. Two starts,
the nearest integers and error feedback (Frantar et al. 2022, "GPTQ", arXiv:2210.17323, algorithm 1), are each improved
by coordinate descent: every weight in turn takes the better of its two integers, given all others.
"""

from dataclasses import dataclass

import numpy as np

from mcucompile.ir.tensors import Array
from mcucompile.quantize.layer_statistics import LayerStatistics
from mcucompile.quantize.weights import WEIGHT_LIMIT

RIDGE = 0.01
"""Pull towards the real weights, in units of the inputs' mean variance: what too few samples leave open stays put."""


@dataclass(frozen=True, eq=False)
class _Problem:
    """Least of (w - real) · hessian · (w - real) for integers lowest <= w <= highest, [G, M, K]; hessian [G, K, K]."""

    hessian: Array
    real: Array
    lowest: Array
    highest: Array

    def nearest_allowed(self, values: Array, k: int) -> Array:
        return np.clip(np.rint(values), self.lowest[:, :, k], self.highest[:, :, k])


def reconstruct_rounding(statistics: LayerStatistics, real: Array, nearest: Array, sweeps: int) -> Array:
    """Integer weights [G, M, K], each `real` rounded up or down, of no larger squared error than `nearest`.

    real: the float weights in units of the integers, [G, M, K]. A channel that gains nothing keeps `nearest`.
    sweeps: how often every weight is looked at, at most.
    """
    mean_variance = np.einsum("gkk->g", statistics.covariance) / real.shape[2]
    pull = np.maximum(RIDGE * mean_variance, np.finfo(np.float32).tiny)[:, np.newaxis, np.newaxis]
    hessian = statistics.covariance + pull * np.eye(real.shape[2])
    problem = _Problem(
        hessian,
        real,
        np.clip(np.floor(real), -WEIGHT_LIMIT, WEIGHT_LIMIT),
        np.clip(np.ceil(real), -WEIGHT_LIMIT, WEIGHT_LIMIT),
    )
    best, least = nearest, statistics.squared_error(nearest - real)
    for start in (nearest, _error_feedback(problem)):
        found = _coordinate_descent(problem, start, sweeps)
        error = statistics.squared_error(found - real)
        best = np.where((error < least)[:, :, np.newaxis], found, best)
        least = np.minimum(error, least)
    return best


def _error_feedback(problem: _Problem) -> Array:
    """Round one weight after the other, those of the largest inputs first; the others move to make up for it."""
    inverse = np.linalg.inv(problem.hessian)
    weights = problem.real.copy()
    order = np.argsort(-np.einsum("gkk->gk", problem.hessian).mean(axis=0), kind="stable")
    upper = np.linalg.cholesky(inverse[:, order][:, :, order]).transpose(0, 2, 1)
    for position, k in enumerate(order):
        rounded = problem.nearest_allowed(weights[:, :, k], k)
        error = (weights[:, :, k] - rounded) / upper[:, np.newaxis, position, position]
        later = order[position + 1 :]
        weights[:, :, later] -= error[:, :, np.newaxis] * upper[:, np.newaxis, position, position + 1 :]
        weights[:, :, k] = rounded
    return weights


def _coordinate_descent(problem: _Problem, start: Array, sweeps: int) -> Array:
    weights = start.astype(np.float64)
    descent = (problem.real - weights) @ problem.hessian
    for _ in range(sweeps):
        moved = False
        for k in range(weights.shape[2]):
            best = weights[:, :, k] + descent[:, :, k] / problem.hessian[:, np.newaxis, k, k]
            change = problem.nearest_allowed(best, k) - weights[:, :, k]
            if change.any():
                moved = True
                weights[:, :, k] += change
                descent -= change[:, :, np.newaxis] * problem.hessian[:, np.newaxis, k]
        if not moved:
            break
    return weights

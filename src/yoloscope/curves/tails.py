"""Tail probabilities of Student's t, for intervals from few runs; pure, without a statistics package.

Called by `effects`. Degrees of freedom need not be whole.
"""

import math
import statistics

_TINY = 1e-300
_ENOUGH = 1e-15
_TERMS_MAX = 500
_STEPS_MAX = 100
_NEAR = 1e-12


def two_sided(t: float, *, df: float) -> float:
    """Return the probability that Student's t lies further from 0 than `t`; 1 at 0, 0 at infinity."""
    if math.isinf(t):
        return 0.0
    return incomplete_beta(df / (df + t * t), a=df / 2, b=0.5)


def t_quantile(level: float, *, df: float) -> float:
    """Return the t that Student's t stays within with probability `level` (0 < level < 1), both sides together; for df of about 1 and more.

    Newton's method from the normal distribution's, which is less: the tail falls and is convex, so that no step goes too far.
    """
    t = statistics.NormalDist().inv_cdf((1 + level) / 2)
    log_top = math.lgamma((df + 1) / 2) - math.lgamma(df / 2) - math.log(df * math.pi) / 2
    for _ in range(_STEPS_MAX):
        density = math.exp(log_top - (df + 1) / 2 * math.log1p(t * t / df))
        step = (two_sided(t, df=df) - (1 - level)) / (2 * density)
        t += step
        if abs(step) < _NEAR * t:
            break
    return t


def incomplete_beta(x: float, *, a: float, b: float) -> float:
    """Return the regularised incomplete beta function I_x(a, b) for 0 <= x <= 1 and positive a, b.

    Source: DLMF 8.17.22, the continued fraction, evaluated by Lentz's method; 8.17.4 turns x around where it converges slowly.
    """
    if x <= 0 or x >= 1:
        return float(x >= 1)
    if x > (a + 1) / (a + b + 2):
        return 1 - incomplete_beta(1 - x, a=b, b=a)
    log_front = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    return math.exp(log_front) / (a * _fraction(x, a=a, b=b))


def _fraction(x: float, *, a: float, b: float) -> float:
    """Return 1 + d1/(1 + d2/(1 + …)) with the coefficients of DLMF 8.17.23."""
    value, c, d = 1.0, 1.0, 0.0
    for term in range(1, _TERMS_MAX):
        m = term // 2
        if term % 2:
            coefficient = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        else:
            coefficient = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        d = 1 / _not_zero(1 + coefficient * d)
        c = _not_zero(1 + coefficient / c)
        value *= c * d
        if abs(c * d - 1) < _ENOUGH:
            break
    return value


def _not_zero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY

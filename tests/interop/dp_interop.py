#!/usr/bin/env python3
"""Our differentially private mechanisms beside OpenDP's: the same mechanism at the same epsilon gives the same distribution.
usage: dp_interop.py DP_DRAW. Without the package opendp it says so and is skipped (exit 77).

Two samples of equal size a, b in cells: the sum of (a_i - b_i)^2 / (a_i + b_i) is a chi-square variable of cells - 1 degrees of
freedom where both come from one distribution. The bound is that of src/privacy/test_chi.h: a false alarm in 1e9."""
import collections
import math
import subprocess
import sys

try:
    import opendp.prelude as dp
except ImportError:
    print("dp_interop: not run: python has no package opendp")
    sys.exit(77)

dp.enable_features("contrib")
DRAWS = 30000
ALARM = math.log(1e9)


def ours(draw, *arguments):
    out = subprocess.run([draw, str(DRAWS), *map(str, arguments)], capture_output=True, check=True, text=True).stdout
    return [int(line) for line in out.split()]


def cells_of(a, b, least=40):
    """Integers in order, joined until a cell has `least` of both together."""
    counts = collections.Counter(a), collections.Counter(b)
    cells, here = [], [0, 0]
    for value in sorted(set(a) | set(b)):
        here = [here[0] + counts[0][value], here[1] + counts[1][value]]
        if sum(here) >= least:
            cells.append(here)
            here = [0, 0]
    if cells:
        cells[-1] = [cells[-1][0] + here[0], cells[-1][1] + here[1]]
    return cells


def same(a, b):
    cells = cells_of(a, b)
    statistic = sum((x - y) ** 2 / (x + y) for x, y in cells)
    freedom = max(1, len(cells) - 1)
    return statistic <= freedom + 2 * math.sqrt(freedom * ALARM) + 2 * ALARM


def vector(measurement):
    return list(measurement([0] * DRAWS))


def opendp_laplace(scale):
    space = dp.vector_domain(dp.atom_domain(T="i64")), dp.l1_distance(T="i64")
    return vector(dp.m.make_laplace(*space, scale=scale))


def opendp_gaussian(deviation):
    space = dp.vector_domain(dp.atom_domain(T="i64")), dp.l2_distance(T="f64")
    return vector(dp.m.make_gaussian(*space, scale=deviation))


def opendp_sum(lower, upper, epsilon, values):
    space = dp.vector_domain(dp.atom_domain(T="i64")), dp.symmetric_distance()
    clamp = dp.t.make_clamp(*space, (lower, upper))
    total = clamp >> dp.t.make_sum(dp.vector_domain(dp.atom_domain(bounds=(lower, upper), T="i64")),
                                   dp.symmetric_distance())
    scale = max(abs(lower), abs(upper)) / epsilon
    mechanism = total >> dp.m.then_laplace(scale=scale)
    assert abs(mechanism.map(1) - epsilon) < 1e-9, "not the epsilon that was meant"
    return [mechanism(values) for _ in range(DRAWS)]


def main():
    draw = sys.argv[1]
    failed = []

    def check(name, held):
        print(f"[{'       OK' if held else '  FAILED '} ] {name}")
        if not held:
            failed.append(name)

    for num, den in ((1, 1), (10, 1), (7, 2)):
        peer = opendp_laplace(num / den)
        check(f"Laplace of scale {num}/{den}", same(ours(draw, "laplace", num, den), peer))
        check("and not of 20 % more", not same(ours(draw, "laplace", num * 6, den * 5), peer))
    for deviation in (1, 5, 30):
        peer = opendp_gaussian(float(deviation))
        check(f"Gaussian of deviation {deviation}", same(ours(draw, "gaussian", deviation * deviation, 1), peer))
        check("and not of 20 % more", not same(ours(draw, "gaussian", deviation * deviation * 144, 100), peer))
    values = [3, -7, 12, 5, 5, 100, -100, 0, 8]
    for lower, upper, num, den in ((-5, 10, 1, 1), (0, 8, 1, 2)):
        peer = opendp_sum(lower, upper, num / den, values)
        check(f"sum in {lower}..{upper} at {num}/{den}", same(ours(draw, "sum", lower, upper, num, den, *values), peer))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

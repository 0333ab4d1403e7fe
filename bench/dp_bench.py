#!/usr/bin/env python3
"""Exact noise, ours and OpenDP's (PyPI) in one run on one core. usage: dp_bench.py BUILD [SECONDS]
Prints samples per second of processor time of each, and the ratio. OpenDP draws through its vector mechanisms, 20,000 numbers a call."""
import re
import subprocess
import sys
import time

import opendp.prelude as dp

dp.enable_features("contrib")
LOT = 20000


def peer(make, seconds):
    mechanism, lots, zeros = make(), 0, [0] * LOT
    begin = time.process_time()
    while time.process_time() - begin < seconds:
        mechanism(zeros)
        lots += 1
    return lots * LOT / (time.process_time() - begin)


def laplace():
    return dp.m.make_laplace(dp.vector_domain(dp.atom_domain(T="i64")), dp.l1_distance(T="i64"), scale=10.0)


def gaussian():
    return dp.m.make_gaussian(dp.vector_domain(dp.atom_domain(T="i64")), dp.l2_distance(T="f64"), scale=10.0)


def main():
    build, seconds = sys.argv[1], float(sys.argv[2]) if len(sys.argv) > 2 else 2.0
    out = subprocess.run([f"{build}/bench/dp-bench", str(seconds / 4)], capture_output=True, check=True, text=True).stdout
    print(out, end="")
    ours = {"Laplace": float(re.search(r"Laplace +([\d.]+) M/s +scale 10/1", out).group(1)) * 1e6,
            "Gaussian": float(re.search(r"Gaussian +([\d.]+) M/s +variance 100/1", out).group(1)) * 1e6}
    for name, make in (("Laplace", laplace), ("Gaussian", gaussian)):
        theirs = peer(make, seconds)
        print(f"OpenDP {name:9} {theirs / 1e6:12.4f} M/s   ours are {ours[name] / theirs:.0f} times as many")


if __name__ == "__main__":
    main()

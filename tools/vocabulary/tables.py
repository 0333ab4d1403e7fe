# SPDX-License-Identifier: Apache-2.0
"""Reading the input tables (columns between bars, '#' comments) and writing the sorted tables of src/clinical/data."""
import pathlib


def read_bars(path, columns):
    rows = []
    for number, line in enumerate(pathlib.Path(path).read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        parts = [part.strip() for part in line.split("|")]
        if len(parts) > columns:
            raise SystemExit(f"{path}:{number}: {len(parts)} columns, at most {columns} expected")
        rows.append(parts + [""] * (columns - len(parts)))
    return rows


def listed(cell):
    return [part.strip() for part in cell.split(",") if part.strip()]


def write_tsv(path, header, rows):
    """Sorted, unique lines: the same input gives the same bytes."""
    lines = sorted({tuple(str(cell) for cell in row) for row in rows})
    for row in lines:
        if any("\t" in cell or "\n" in cell for cell in row) or len(row) != len(header):
            raise SystemExit(f"{path}: bad row {row}")
    text = "#" + "\t".join(header) + "\n" + "".join("\t".join(row) + "\n" for row in lines)
    pathlib.Path(path).write_text(text, encoding="utf-8")
    return len(lines)


def read_tsv(path):
    lines = pathlib.Path(path).read_text(encoding="utf-8").splitlines()
    header = lines[0].lstrip("#").split("\t")
    return [dict(zip(header, line.split("\t"))) for line in lines[1:]]

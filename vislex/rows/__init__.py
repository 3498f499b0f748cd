"""One reader of rows, whatever file they come in: CSV, TSV, JSON lines, Parquet.

decode.py    which encoding a text file is in
formats.py   the rows of each kind of file, as they stand
columns.py   what a column may hold
read.py      rows of declared columns; what cannot be read is left out and told
remarks.py   what whoever gave the rows should know
"""

from vislex.rows.columns import Column, label, text
from vislex.rows.read import SUFFIXES, Row, read_rows
from vislex.rows.remarks import LeftOut, Remarks

__all__ = ["SUFFIXES", "Column", "LeftOut", "Remarks", "Row", "label", "read_rows", "text"]

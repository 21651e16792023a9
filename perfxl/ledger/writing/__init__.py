"""The tables of a ledger, row by row, as a workbook and as other files.

    rows.py            the rows of a table wherever they are; stored.py those in the store
    export.py          tables as DataFrames and as files: flat_files.py .csv .json .parquet, databases.py .sqlite .duckdb
    workbook.py        the ledger as .xlsx; sheet_rows.py its rows as XML, package.py the package that they go into
    pages.py           its two pages: overview.py, and summary_sheet.py, sums by department
    figures.py         what the pages tell, added up; late_rows.py streams, packed_text.py holds what waits to be written
"""

"""Opening what people send: the only code that touches spreadsheets and published texts from outside.

discover.py   files and folders → the files to read, and those left out with the reason
package.py    one file → the parts of an OOXML package, inflated under limits
foreign.py    what a file is that is no OOXML workbook
grid.py       the parts → sheets of cells with their addresses
number.py     a stored number → its value and the text that Excel shows
documents.py  the published text layout → its forms, cell by cell
"""

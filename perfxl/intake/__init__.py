"""Opening what people send: the only code that touches spreadsheets and published texts from outside.

limits.py         every limit on what is read, in one place
discover.py       files, folders and archives → the files to read, and those left out with the reason
archive.py        what lies in a .zip, under its right name, never unpacked to disk
package.py        one file → the parts of an OOXML package, inflated under limits
foreign.py        what a file is that is no OOXML workbook
grid.py           the parts → sheets of cells with their addresses
number.py         a stored number → its value and the text that Excel shows
doubts.py         what of a form's cells may have been seen otherwise than it is read
foreign_cells.py  .xls, .et, .ods, .xlsb and encrypted files → the same sheets of cells, by
apart.py            a process that may hang or die of them, within bounds that
confinement.py      it puts on itself;
foreign_notes.py    in it, what the reader of those formats does not tell: error values, number formats
documents.py      the published text layout → its forms, cell by cell
"""

"""Opening what people send: the only code that touches spreadsheets and published texts from outside.

limits.py         every limit on what is read, in one place
discover.py       files, folders and archives → the files to read, and those left out with the reason
elsewhere.py      the same for files at addresses (s3:// …), through fsspec
archive.py        what lies in a .zip, under its right name, never unpacked to disk
package.py        one file → the parts of an OOXML package, inflated under limits
foreign.py        what a file is that is no OOXML workbook
grid.py           the parts → a workbook's sheets, by
worksheet.py        one sheet's part → its cells: split where it is plainly written,
quick.py              which is quick, else parsed;
markup.py           how texts and counts are written in all parts
cells.py          a sheet as cells with their addresses, whatever it was read from
number.py         a stored number → its value and the text that Excel shows
doubts.py         what of a form's cells may have been seen otherwise than it is read
foreign_cells.py  .xls, .et, .ods, .xlsb and encrypted files → the same sheets of cells, by
apart.py            a process that may hang or die of them, within bounds that
confinement.py      it puts on itself;
remarks.py          in it, what the reader of those formats does not tell (error values, formats, what is hidden):
biff.py               of .xls, .et and .xlsb,
opendocument.py       of .ods
documents.py      any document in which others' forms stand → paragraphs and tables, one at a time
tables.py           what it is read into, workbooks of other layouts too
word.py             .docx, streamed;
webpage.py          .html, whatever it is called;
office.py           .doc and .rtf, through LibreOffice
"""

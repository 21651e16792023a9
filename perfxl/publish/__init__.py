"""Forms → the official document: a cover, its contents, and the tables as they are published.

official.py   every font, size, width and label: what the layout is
word.py       paragraphs, tables and the package as WordprocessingML
tables.py     one form: its two ruled tables, and the pages that they take
document.py   cover, contents and all tables
pdf.py        the document as .pdf, through LibreOffice
"""

from perfxl.publish.document import Cover, official_document
from perfxl.publish.pdf import as_pdf
from perfxl.publish.tables import OfficialIndicator, OfficialTable

__all__ = ["Cover", "OfficialIndicator", "OfficialTable", "as_pdf", "official_document"]

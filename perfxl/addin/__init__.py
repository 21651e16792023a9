"""The Excel door: the add-in perfxl.xlam with its ribbon, and what its buttons run.

``build`` makes the add-in from the plain text in macros/, without Excel.
"""

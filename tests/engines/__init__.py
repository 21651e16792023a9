"""Engines for xlwings that need no Excel, registered through its public ``engines``.

``engine`` is what both share: xlwings' own interface over a :class:`~engines.engine.Host`.  ``openpyxl_host`` is quick and
holds cells in memory; ``office_host`` drives a live headless LibreOffice.  Where Excel has ways of its own (an apostrophe
marks text, ``1-2`` becomes a date, locked cells refuse), the hosts have them too, since those are what goes wrong.
"""

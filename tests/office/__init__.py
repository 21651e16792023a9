"""Real parts for the tests: a live headless LibreOffice and the Open XML SDK's validator.

``driver.py`` runs in the test's own Python and is what tests use; ``worker.py`` runs in a Python that has ``uno``
(Debian's own, whose minor version may differ) and speaks JSON lines; ``ooxml.py`` calls the validator from npm.
"""

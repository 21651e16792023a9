"""A budget season around the ledger.

lists/         rosters and approved budgets, as they come
handout.py     a workbook a unit, a sheet a project
collecting.py  what came in → the ledger, what people wrote into the one before carried over
returning/     what goes back to whom: marked workbooks, cover notes, messages; round after round
restoring.py   a form's contents into a fresh template
diff/          one ledger held against another
"""

"""The Excel door: the add-in perfxl.xlam with its ribbon, and what its buttons run.

Its files, by what they are for:

    build.py       the add-in from the plain text in macros/, without Excel: vba_project.py, compound_file.py
    ribbon.py      where a click enters Python; actions.py a function a button (checking, fixing and its fixes.py)
    excel.py       the open workbook through xlwings; sheet.py reads and writes its sheets as blocks; answer.py what VBA shows
    functions.py   sheet functions, optional
    install.py     set-up, on machine.py: registry, files and environment behind one interface; office.py what they say of Excel
    doctor.py      what is wrong with a set-up: examining.py, python_checks.py, excel_checks.py; remedy.py what to do
    bundle.py      one offline zip for Windows: wheels.py, bundle_scripts.py
"""

"""Every file read and checked, in as many processes as there are processors.

    inputs.py    one file, read and checked: all that a process does; extract.py its forms as rows
    packing.py   rows as text; cells.py text as a cell can hold it; measure.py how wide and high rows are
    parcel.py    one file, ready to be sent to the store
    workers.py   batches go out, parcels come back; worker.py the process that reads them
    cluster.py   the same on other computers
"""

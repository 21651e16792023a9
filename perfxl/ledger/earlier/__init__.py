"""The ledger before this one: read back, and what people wrote into it carried on.

    previous.py   a ledger read back; found.py its tables, wherever people moved them
    notes.py      what people wrote, put to the rows of the next ledger
    seal.py       what else they changed by hand; keeping.py keeps their file
"""

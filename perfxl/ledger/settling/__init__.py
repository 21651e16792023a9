"""Which inputs count, and what they say together, in one store.

    store.py        all that was read, in SQLite; state.py what of it still holds the next time
    settlement.py   all inputs settled: settle.py which of them count, and why; crossing.py rules about collections
    contests.py     which forms are about the same project; versions.py which of them counts
    compare.py      two versions of a project, field by field; matching.py pairs what belongs together
    progress.py     who has sent what, and who is missing, unit by unit (units.py)
"""

"""Files brought into the ledger: read, mapped, compared, and written whole or not at all.

`reading` turns a file into rows of cells, or refuses it. `values` reads a cell as a day, an amount
or a code. `kinds` says for each kind of file which columns it has and which row of the ledger a
line is about. `comparing` tells what each line would do; `writing` does it, and takes it back.
"""

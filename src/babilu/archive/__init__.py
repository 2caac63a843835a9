"""Archives: a profile's people, groups and messages in one sealed file, that is read again although parts of it broke.

An archive is a row of *groups of records* (`groups.py`: people, conversations, logs, so many messages of one
conversation), each compressed alone. They lie one behind the other in *blocks* (`blocks.py`) of fixed size, each
sealed by itself and in a Reed-Solomon code, so that any block opens without the others, and changed bytes are mended.

    records.py            what records say, and nothing of how a database keeps it
    groups.py             records to bytes and back, one group at a time
    blocks.py             bytes of groups to sealed blocks and back
    mending.py            parity and mending of bytes; codeword.py: their shape
    reed_solomon.py       the code that mends
    header.py, recovery_code.py   by what an archive opens
    writer.py, reader.py  a whole archive, in constant memory; what is wrong with one
    collecting.py         the records of an open profile
    importing.py          records into a profile: what is there, deleted or over is passed over
    folder.py             which daily archives stay

*History for a linked device* takes the same records and no file. `collecting.Collector.core` gives the groups that a
device needs before it can show anything: people and conversations, and their logs. `Collector.newest_first` gives
messages of all conversations, the newest first, in groups that are whole in themselves. Each travels as it is
(`groups.encode_group`), under the encryption of whatever carries it. The new device gives each to
`importing.Importer.take`, in any order after the core, as often as they come: messages keep their places, so what is
older finds its place above what came before, and nothing is there twice. To go on after an end, whoever sends begins
below the lowest place of which it was told that it is committed (`Collector.newest_first(below)`).
"""

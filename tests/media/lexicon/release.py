"""A WordNet release of a few words, in the files that its makers give out."""

from pathlib import Path

_LICENCE = "".join(
    f"  {number} {line}  \n"
    for number, line in enumerate(
        (
            "This software and database is being provided to you, the LICENSEE, by",
            "",
            "WordNet 3.1 Copyright 2011 by Princeton University.  All rights reserved.",
        ),
        start=1,
    )
)
_FILES = {
    "data.noun": """\
00001740 03 n 02 bee 0 insect_of_honey 1 002 @ 00001930 n 0000 ~ 00002137 n 0000 \
| a hairy insect that makes honey; "a bee stung her"; "bees dance"
00001930 05 n 01 insect 0 000 | a small animal with six legs; i.e. no spider
00002137 05 n 01 Apis_mellifera 0 001 @i 00001740 n 0000 | the bee of Europe
00003000 04 n 01 dance 0 000 | an artistic form of moving
""",
    "data.verb": """\
00005000 38 v 02 dance 0 trip_the_light_fantastic 0 000 01 + 02 00 | move in rhythm; "they danced"
00006000 38 v 01 buzz 0 000 01 + 01 00 | make the sound of a bee
""",
    "data.adj": """\
00007000 00 s 02 afraid(p) 0 bee-like(a) 0 000 | filled with fear; "afraid of bees"
""",
    "data.adv": "00008000 02 r 01 busily 0 000 | in a busy manner\n",
    "index.noun": """\
bee n 1 1 @ 1 1 00001740
insect n 1 0 1 0 00001930
dance n 1 0 1 1 00003000
insect_of_honey n 1 1 @ 1 0 00001740
""",
    "index.verb": "dance v 1 0 1 1 00005000\nbuzz v 1 0 1 0 00006000\n",
    "index.adj": "afraid a 1 0 1 0 00007000\n",
    "index.adv": "busily r 1 0 1 0 00008000\n",
}
_COUNTS = {
    "index.sense": "bee%1:05:00:: 00001740 1 7\ndance%2:38:00:: 00005000 1 31\ndance%1:04:00:: 00003000 1 12\n",
    "cntlist.rev": "bee%1:05:00:: 1 7\ndance%2:38:00:: 1 31\ndance%1:04:00:: 1 12\n",
}


def lay(folder: Path, counts: str = "index.sense") -> Path:
    """Write the files into a folder, and return it. counts: the file that the release has its counts in; "": none."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in _FILES.items():
        (folder / name).write_text(_LICENCE + rows, encoding="utf-8")
    if counts:
        (folder / counts).write_text(_COUNTS[counts], encoding="utf-8")
    return folder

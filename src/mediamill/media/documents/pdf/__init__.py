"""A PDF as Markdown: letters and where they stand, made words, lines, columns, blocks. Runs in the reader's process.

`pages` -> `words` -> `columns` (with `lines`) for each page; then, of the whole document, `furniture` is taken away,
`measures` are taken, and `blocks` are made and written as Markdown. `skimming` is the quicker way to lines alone.
"""

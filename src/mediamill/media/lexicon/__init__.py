"""What is known of English words: senses, rarity, levels, vectors, pronunciation.

Each module is imported by its name (`from mediamill.media.lexicon.rarity import zipf`). Importing is cheap: what is
known is loaded at the first question, once a process.
"""

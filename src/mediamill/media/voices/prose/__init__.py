"""A text before anybody says it: what kind it is, its paragraphs and sentences, and the language of each."""

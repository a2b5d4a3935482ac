"""Text to sound.

`script.plan` makes lines of a text: sentences, each with a language and a voice of the `catalog`;
`speak.speak` says them in a `manner`. What they are made of: `prose` (a text before anybody says it),
`reading` (figures and signs become words), `engines` (words become sound), `sounds` (trimmed, at one
rate, equally loud) and `files` (encoders and captions). Cheap to import; numpy and the models come with
the first sentence.
"""

"""Sentences for people, written in English and rendered in the language of whoever reads them.

Not here: the sentences, which stand where they are used, and the translations, which are in ``trainer/locale``.
"""

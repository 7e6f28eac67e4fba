"""In which language a reader gets the site, and the catalogs of translations.

Not here: the sentences, which stand where they are used, and the translations, which are in ``webapp/locale``.
"""

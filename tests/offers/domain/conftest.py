from hypothesis import settings

# How long an example takes says nothing of the code on a machine that does other work as well.
settings.register_profile("domain", deadline=None, max_examples=60)
settings.load_profile("domain")

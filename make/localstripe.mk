# localstripe is GPL and ours is not: it lives in a virtual environment of its own and is spoken to over HTTP only.
LOCALSTRIPE_VENV ?= .venv-localstripe


.PHONY: localstripe
localstripe: $(DEV) $(LOCALSTRIPE_VENV)/.installed ## a second opinion: the Stripe provider against a peer nobody here wrote
	ORDERMILL_LOCALSTRIPE=$(LOCALSTRIPE_VENV)/bin/localstripe .venv/bin/python -m pytest tests/stripe/test_localstripe.py -n 0

$(LOCALSTRIPE_VENV)/.installed: requirements-localstripe.lock
	.venv/bin/python -m venv --clear $(LOCALSTRIPE_VENV)
	$(LOCALSTRIPE_VENV)/bin/python -m pip install --quiet --require-hashes -r requirements-localstripe.lock
	touch $@

# make demo   build the example model, run it in QEMU on real images, print the verdict
# make test   lint, strict types and the whole test suite
# make lint   ruff, mypy --strict, the import rule
# Both demo and test make the virtual environment and install the system packages they need.

PYTHON   ?= python3
VENV     ?= .venv
BIN      := $(VENV)/bin
JOBS     ?= 2
PACKAGES := python3-venv gcc libc6-dev gcc-arm-none-eabi libnewlib-arm-none-eabi qemu-system-arm
# The oldest LLVM that models Cortex-M55's vector instructions; a newer one does, too.
LLVM     := llvm-16
TEST_PACKAGES := $(PACKAGES) g++ clang $(LLVM)

.PHONY: demo test lint clean
.DEFAULT_GOAL := demo

demo: $(VENV)/installed
	$(BIN)/mcucompile doctor
	$(BIN)/mcucompile build examples/digits/digits.onnx --calibration examples/digits/calibration.npz -o build/digits
	$(BIN)/mcucompile verify build/digits --inputs examples/digits/test.npz --count 8
	$(BIN)/mcucompile run build/digits --inputs examples/digits/test.npz

lint: $(VENV)/tested
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: lint
	$(BIN)/pytest -n $(JOBS)

$(VENV)/installed: pyproject.toml
	$(call need,$(PACKAGES))
	$(call make_venv)
	$(BIN)/pip install --quiet --editable .
	touch $@

$(VENV)/tested: pyproject.toml
	$(call need,$(TEST_PACKAGES))
	$(call make_venv)
	$(BIN)/pip install --quiet --editable '.[test,lint]'
	touch $@ $(VENV)/installed

clean:
	rm -rf $(VENV) build

# Installs the Debian packages that are missing: as root, with sudo on a terminal, or not at all.
define need
	@missing=$$(for p in $(1); do \
	  [ $$p = $(LLVM) ] && ls /usr/bin | grep -qE '^llvm-mca-(1[6-9]|[2-9][0-9])$$' && continue; dpkg-query -W -f='$${Status}' $$p 2>/dev/null | grep -q 'ok installed' || echo $$p; done); \
	[ -z "$$missing" ] && exit 0; \
	line="apt-get install -y --no-install-recommends $$(echo $$missing)"; \
	known() { apt-cache show $(LLVM) >/dev/null 2>&1 || line=$$(echo "$$line" | sed 's/$(LLVM)/llvm/'); }; \
	if [ "$$(id -u)" = 0 ]; then apt-get update -q && known && DEBIAN_FRONTEND=noninteractive $$line; \
	elif [ -t 0 ] && command -v sudo >/dev/null; then sudo apt-get update -q && known && sudo $$line; \
	else echo "These system packages are missing. Install them, then run make again:"; echo "  sudo $$line"; exit 1; fi
endef

define make_venv
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "mcucompile needs Python 3.11 or newer: make PYTHON=python3.12")'
	[ -x $(BIN)/python ] || $(PYTHON) -m venv $(VENV)
endef

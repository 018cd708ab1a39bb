# What a person runs. The work is in scripts/; `make help` lists the targets.

PYTHON    ?=
INVENTORY ?=
INTERVAL  ?=
FAIL_ON   ?=
FROM      ?=
DIR       ?=
KERNEL    ?=
LOSS      ?=
ARGS      ?=
SECONDS   ?= 600
CAPTURES  ?=
VENV      := .venv
export PYTHON INVENTORY INTERVAL FAIL_ON FROM DIR VENV

AUDIT_READY := $(VENV)/.ready-audit
TEST_READY  := $(VENV)/.ready-test
STAGES      := lint docs-check import unit nodes sanity captures matrix playbook provoke containers vm
LONG        := vm-long

.DEFAULT_GOAL := help
# One after the other even under make -j: the Python environment may need what system-packages installs.
.NOTPARALLEL:
.PHONY: help setup audit diagnose test bench fuzz docs clean system-packages lab-up lab-ssh lab-loss lab-down lab-docs
.PHONY: $(STAGES) $(LONG)

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 24
	@echo "  make STAGE            one stage of the tests: $(STAGES)"

$(AUDIT_READY): requirements/audit.txt scripts/setup_venv.sh
	@scripts/setup_venv.sh $(VENV) requirements/audit.txt
	@touch $@

$(TEST_READY): requirements/test.txt $(AUDIT_READY)
	@scripts/setup_venv.sh $(VENV) requirements/test.txt
	@touch $@

setup: $(AUDIT_READY) ## make .venv with ansible-core and this collection

audit: $(AUDIT_READY) ## audit this machine, or INVENTORY=hosts.yml; INTERVAL=10 seconds; FAIL_ON=loss; ARGS=...
	@scripts/audit.sh $(ARGS)

diagnose: $(AUDIT_READY) ## find where hosts lost packets by files: FROM=sosreport.tar.xz, a folder or a glob; FAIL_ON=loss; DIR=...
	@scripts/diagnose.sh $(ARGS)

test: system-packages $(TEST_READY) ## run all tests, with a summary of what was skipped and why
	@$(VENV)/bin/python scripts/run_tests.py $(STAGES)

vm-long: ## every fault and every remedy in the lab, which takes hours and is no part of `make test`
$(STAGES) $(LONG): system-packages $(TEST_READY)
	@$(VENV)/bin/python scripts/run_tests.py $@

system-packages:
	@scripts/system_packages.sh $(if $(filter test,$(MAKECMDGOALS)),$(STAGES),$(filter $(STAGES) $(LONG),$(MAKECMDGOALS)))

bench: $(AUDIT_READY) ## measure a snapshot of a large made-up host, its ring memory, a task that sets, plans of 1,000 hosts, 1,000 sosreports, and an audit of 50 local hosts
	@$(VENV)/bin/python bench/run.py

fuzz: $(TEST_READY) ## run the tests with random input from fresh seeds for SECONDS=600, or damaged captures: CAPTURES=100000
	@$(VENV)/bin/python scripts/fuzz.py $(if $(CAPTURES),--captures $(CAPTURES),$(SECONDS))

docs: $(AUDIT_READY) ## write docs/modules/, docs/rules.md, tables of docs/ring-memory.md and docs/remediation.md, roles/*/README.md
	@$(VENV)/bin/python scripts/module_docs.py
	@$(VENV)/bin/python scripts/rules_doc.py
	@$(VENV)/bin/python scripts/ring_statements_doc.py
	@$(VENV)/bin/python scripts/remediation_doc.py

lab-up: $(AUDIT_READY) ## start virtual hosts with real NIC drivers to try things on, or KERNEL=6.12 alone
	@scripts/system_packages.sh vm
	@$(VENV)/bin/python tests/lab/lab.py up $(KERNEL)

lab-ssh: ## log in to one of them: KERNEL=6.1
	@$(VENV)/bin/python tests/lab/lab.py ssh $(or $(KERNEL),6.1)

lab-loss: ## cause a loss there until Ctrl-C: KERNEL=6.1 LOSS=udp_receive_buffer; without LOSS list them
	@$(VENV)/bin/python tests/lab/lab.py $(if $(LOSS),cause $(or $(KERNEL),6.1) $(LOSS),losses)

lab-down: ## stop them
	@$(VENV)/bin/python tests/lab/lab.py down $(KERNEL)

lab-docs: ## write the docs that hold results of the lab, from the last run of `make vm` and of `make vm-long`
	@$(VENV)/bin/python scripts/lab_doc.py --record

clean: ## remove every environment and everything that was built, and stop the lab
	@if [ -d build/lab ] && [ -x $(VENV)/bin/python ]; then $(VENV)/bin/python tests/lab/lab.py down; fi
	@if [ -d build/containers ] && [ -x $(VENV)/bin/python ]; then $(VENV)/bin/python tests/containers/hosts.py down; fi
	rm -rf .venv* build tests/output .pytest_cache .ruff_cache .ansible

.DEFAULT_GOAL := help
SHELL := /bin/sh

.PHONY: help run test bench deny fmt golden build clean

help: ## list the targets
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 10

run: ## build, start a private PostgreSQL and serve on 127.0.0.1:8080
	@[ -n "$$DATABASE_URL" ] || grep -qs '^ *database_url' portcullis.toml || scripts/need-postgres
	@exec cargo run --package portcullis-server -- serve

test: ## format check, clippy, unit tests, contract tests, journeys, and the previous release on this schema
	cargo fmt --all --check
	cargo clippy --locked --workspace --all-targets --all-features -- -D warnings
	scripts/need-openid-provider
	scripts/need-standard-webhooks
	scripts/need-specification-tools
	scripts/with-previous-release scripts/with-postgres scripts/with-redis cargo test --locked --workspace --exclude portcullis-rbac-benches --exclude portcullis-adapter-postgres-benches --all-features

bench: ## compare the decision engine with casbin and Cedar, and consumption with a plain UPDATE: equal answers, then times
	cargo bench --locked --package portcullis-rbac-benches
	scripts/with-postgres --durable cargo bench --locked --package portcullis-adapter-postgres-benches

deny: ## check licences, bans and sources of all dependencies
	@command -v cargo-deny >/dev/null || cargo install --locked cargo-deny
	cargo fetch --locked
	cargo deny --offline check bans licenses sources

golden: ## write the golden files anew, to be read before they are committed
	INSTA_UPDATE=always scripts/with-postgres scripts/with-redis cargo test --package portcullis-tests --all-features golden

fmt: ## format the code
	cargo fmt --all

build: ## build the release binary
	cargo build --release --package portcullis-server

clean: ## remove what was built and the private data directory
	cargo clean
	[ ! -f .portcullis/postgres_home ] || rm -rf "$$(cat .portcullis/postgres_home)"
	rm -rf .portcullis

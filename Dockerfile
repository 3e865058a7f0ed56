# The program and git, which reads the commits that `--since` compares with.
FROM rust:1.88-alpine3.22 AS build
RUN apk add --no-cache musl-dev
WORKDIR /src
COPY . .
RUN cargo build --release --locked

FROM alpine:3.22
RUN apk add --no-cache git && adduser -D -u 10001 trustlint && git config --system --add safe.directory '*'
COPY --from=build /src/target/release/trustlint /usr/local/bin/trustlint
USER trustlint
WORKDIR /repository
ENTRYPOINT ["trustlint"]
CMD ["check"]

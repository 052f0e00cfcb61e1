# syntax=docker/dockerfile:1
# The operator, and every other command, in one image: docker build -t connector-operator:0.1.0 .

FROM rust:1.95.0-slim-bookworm AS build
WORKDIR /source
COPY . .
# The caches outlive the build, so the binary is copied out of them.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/source/target \
    cargo build --release --locked --bin connector-operator \
    && cp target/release/connector-operator /connector-operator

# The C library, its companions and the usual certificates; no shell and no package manager.
FROM gcr.io/distroless/cc-debian12:nonroot
COPY --from=build /connector-operator /usr/local/bin/connector-operator
# By number, so that Kubernetes can tell that it is not root.
USER 65532:65532
EXPOSE 8080
ENTRYPOINT ["/usr/local/bin/connector-operator"]
CMD ["run"]

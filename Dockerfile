FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
# What "ascbot version" says, and the log with it: there is no .git here to take it from.
ARG VERSION=
RUN CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.release=${VERSION}" -o /out/ascbot ./cmd/bot && mkdir /out/data

FROM gcr.io/distroless/static-debian12:nonroot
COPY --from=build /out/ascbot /ascbot
COPY --from=build --chown=65532:65532 /out/data /data
ENV ASCBOT_DATA=/data/ascbot.db
VOLUME /data
ENTRYPOINT ["/ascbot"]
CMD ["run"]

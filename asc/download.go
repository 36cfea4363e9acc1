package asc

import (
	"context"
	"crypto/md5"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// Download fetches a file from an address that Apple gave, such as that of a
// [Screenshot]: signed, good for a while, and at a place of its own. The token
// does not go there. Close what it returns. A refusal, mostly of an address that
// has expired, is a [*NoAnswerError]: read the resource again for a new address.
func (c *Client) Download(ctx context.Context, address string) (io.ReadCloser, error) {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Host == "" || u.User != nil:
		return nil, &ArgumentError{"that is no address a file can be fetched from"}
	case u.Scheme == "https" || u.Scheme == "http" && loopback(u.Hostname()) && loopback(c.base.Hostname()):
	default:
		return nil, &ArgumentError{"a file is fetched over https:// alone"}
	}
	q := call{method: http.MethodGet, url: u, accept: "*/*", stream: true, bare: true}
	a, err := c.do(ctx, q)
	if e, refused := refusal(err); refused {
		return nil, &NoAnswerError{q.method, q.path(), fmt.Errorf("%s answered %d; its address may have expired", oneLine(u.Host, 100), e.Status)}
	}
	if err == nil && a.stream == nil {
		err = &NoAnswerError{q.method, q.path(), errors.New("a success that is no file")}
	}
	return a.stream, err
}

// checked reads a file and compares its size and checksum at the end.
type checked struct {
	io.ReadCloser
	size, want int64 // want is -1 when it is not known
	sum        hash.Hash
	checksum   []byte
}

// errDamaged is a file that is not the one Apple spoke of.
var errDamaged = errors.New("the file is not the one that App Store Connect spoke of")

// check wraps a file. Apple does not say which checksum it gives: MD5 and
// SHA-256 are told by their length, in hexadecimal or base64.
func check(file io.ReadCloser, size int64, checksum string) (r io.ReadCloser, known bool) {
	k := &checked{ReadCloser: file, want: size}
	k.checksum, _ = hex.DecodeString(checksum)
	if len(k.checksum) != md5.Size && len(k.checksum) != sha256.Size {
		k.checksum, _ = base64.StdEncoding.DecodeString(strings.TrimSpace(checksum))
	}
	switch len(k.checksum) {
	case md5.Size:
		k.sum = md5.New()
	case sha256.Size:
		k.sum = sha256.New()
	}
	return k, k.sum != nil
}

func (k *checked) Read(p []byte) (int, error) {
	n, err := k.ReadCloser.Read(p)
	k.size += int64(n)
	if k.sum != nil {
		k.sum.Write(p[:n])
	}
	switch {
	case err == nil && k.want >= 0 && k.size > k.want:
		err = fmt.Errorf("%w: it has more than %d bytes", errDamaged, k.want)
	case err != io.EOF:
	case k.want >= 0 && k.size != k.want:
		err = fmt.Errorf("%w: it has %d bytes of %d", errDamaged, k.size, k.want)
	case k.sum != nil && string(k.sum.Sum(nil)) != string(k.checksum):
		err = fmt.Errorf("%w: its checksum is another", errDamaged)
	}
	return n, err
}

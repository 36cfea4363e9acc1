package apple

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"hash/fnv"
	"image"
	"image/color"
	"image/png"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// downloads are the paths that serve files by a signed link. A token is neither
// needed nor welcome there: whoever sends one gives it to a stranger. Apple has
// them on another host; here they stand below a path that leads to the stand-in.
const downloads = "/v1/downloads"

// signedURL is a link to a file that works until a time.
func (s *Server) signedURL(base, path string, until time.Time) string {
	end := strconv.FormatInt(until.Unix(), 10)
	return base + downloads + path + "?Expires=" + end + "&Signature=" + s.signature(path, end)
}

func (s *Server) signature(path, end string) string {
	m := hmac.New(sha256.New, s.linkKey)
	_, _ = m.Write([]byte(path + " " + end))
	return hex.EncodeToString(m.Sum(nil))
}

// Signed reports whether a request is for a file by a link that this server has signed.
func (s *Server) Signed(r *http.Request) bool {
	path, ours := strings.CutPrefix(r.URL.Path, downloads)
	q := r.URL.Query()
	return ours && hmac.Equal([]byte(q.Get("Signature")), []byte(s.signature(path, q.Get("Expires"))))
}

// download answers a signed link, as a store of files does: with words in XML
// when it refuses.
func (s *Server) download(r *http.Request) reply {
	path := strings.TrimPrefix(r.URL.Path, downloads)
	q := r.URL.Query()
	end, err := strconv.ParseInt(q.Get("Expires"), 10, 64)
	switch {
	case r.Header.Get("Authorization") != "":
		return noFile(http.StatusBadRequest, "InvalidArgument", "Only one auth mechanism allowed; the token belongs to App Store Connect alone")
	case r.Method != http.MethodGet:
		return noFile(http.StatusMethodNotAllowed, "MethodNotAllowed", "The specified method is not allowed against this resource")
	case err != nil || !hmac.Equal([]byte(q.Get("Signature")), []byte(s.signature(path, q.Get("Expires")))):
		return noFile(http.StatusForbidden, "SignatureDoesNotMatch", "The request signature does not match")
	case s.now().After(time.Unix(end, 0)):
		return noFile(http.StatusForbidden, "AccessDenied", "Request has expired")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	parts := strings.Split(path, "/") // "", kind, …
	if parts[1] == "segments" {
		if seg := s.state.now.get("analyticsReportSegments", strings.TrimSuffix(parts[2], ".gz")); seg != nil {
			return reply{status: http.StatusOK, body: s.segment(seg), header: http.Header{"Content-Type": {"application/octet-stream"}}, note: "a part of a report"}
		}
	}
	if parts[1] == "screenshots" && s.state.now.get("betaFeedbackScreenshotSubmissions", parts[2]) != nil {
		return reply{status: http.StatusOK, body: picture(path), header: http.Header{"Content-Type": {"image/png"}}, note: "a screenshot"}
	}
	return noFile(http.StatusNotFound, "NoSuchKey", "The specified key does not exist")
}

func noFile(status int, code, words string) reply {
	text := `<?xml version="1.0" encoding="UTF-8"?>` + "\n<Error><Code>" + code + "</Code><Message>" + words + "</Message></Error>\n"
	return reply{status: status, body: []byte(text), header: http.Header{"Content-Type": {"application/xml"}}, note: "refused: " + words}
}

// picture is a screenshot of an app nobody has: a colour for each name.
func picture(name string) []byte {
	h := fnv.New32a()
	_, _ = h.Write([]byte(name))
	n := h.Sum32()
	img := image.NewPaletted(image.Rect(0, 0, 390, 844), color.Palette{color.White, color.RGBA{uint8(n), uint8(n >> 8), uint8(n >> 16), 255}})
	for y := 120; y < 724; y++ {
		for x := 40; x < 350; x++ {
			img.SetColorIndex(x, y, 1)
		}
	}
	var b bytes.Buffer
	_ = png.Encode(&b, img) // a buffer takes everything
	return b.Bytes()
}

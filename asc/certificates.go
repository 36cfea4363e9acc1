package asc

import (
	"context"
	"iter"
	"strings"
	"time"
)

// Certificate is a signing certificate.
type Certificate struct {
	Ref
	Name           string    `json:"name"` // such as "Apple Distribution: Halo GmbH"
	DisplayName    string    `json:"displayName"`
	Kind           string    `json:"certificateType"` // DEVELOPMENT, DISTRIBUTION, IOS_DEVELOPMENT, IOS_DISTRIBUTION, DEVELOPER_ID_APPLICATION, …
	Serial         string    `json:"serialNumber"`    // hexadecimal
	Platform       string    `json:"platform"`        // IOS, MAC_OS; blank for both
	Content        []byte    `json:"certificateContent"`
	Activated      *bool     `json:"activated"`
	ExpirationDate time.Time `json:"-"` // UTC
}

func (c *Certificate) read(o object) { c.ExpirationDate = o.time("expirationDate") }

// CertificateFilter chooses certificates. The zero value is all.
type CertificateFilter struct {
	Kind        []string
	DisplayName []string
	Serial      []string
	ID          []string
}

// Certificates lists certificates by name, without Content. Needs a team key
// with the role Admin, App Manager or Developer; an individual key is refused
// (403). Revoked ones are missing.
//
// Apple: GET /v1/certificates
func (c *Client) Certificates(ctx context.Context, f CertificateFilter) iter.Seq2[Certificate, error] {
	return list[Certificate](ctx, c, all("/v1/certificates"),
		ask().filter("certificateType", f.Kind).filter("displayName", f.DisplayName).filter("serialNumber", f.Serial).
			filter("id", f.ID).sort("displayName").
			fields(true, "certificates", "activated,certificateType,displayName,expirationDate,name,platform,serialNumber"))
}

// Certificate reads one certificate with its Content, the DER bytes of a .cer
// file. [NotFound] when there is none with this id, or it was revoked.
//
// Apple: GET /v1/certificates/{id}
func (c *Client) Certificate(ctx context.Context, id string) (Certificate, error) {
	return get[Certificate](ctx, c, at("/v1/certificates", id), ask())
}

// CreateCertificate makes a certificate of a certificate signing request, which
// is PEM and holds a key that stays with the caller. Needs a team key with the
// role Admin; App Manager for development. What it returns has the Content.
// Apple refuses (409) one over the limit of its kind, which is two or three for
// distribution. Developer ID certificates are made on the website.
//
// Apple: POST /v1/certificates
func (c *Client) CreateCertificate(ctx context.Context, kind, csr string) (Certificate, error) {
	err := want("a certificate needs a kind", kind)
	if !strings.Contains(csr, "CERTIFICATE REQUEST-----") {
		err = &ArgumentError{"that is no certificate signing request: the line -----BEGIN CERTIFICATE REQUEST----- is missing"}
	}
	return create[Certificate](ctx, c, "/v1/certificates", draft{
		Type: "certificates", Attributes: map[string]any{"certificateType": kind, "csrContent": csr}, err: err,
	})
}

// RevokeCertificate revokes a certificate, for good. Needs a team key with the
// role Admin. Profiles that hold it turn INVALID. Apps in the store go on
// working; Mac software that was handed out under a Developer ID may not.
//
// Apple: DELETE /v1/certificates/{id}
func (c *Client) RevokeCertificate(ctx context.Context, id string) error {
	return erase(ctx, c, at("/v1/certificates", id))
}

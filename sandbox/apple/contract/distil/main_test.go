package main

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/ascbot/ascbot/sandbox/apple/contract"
)

// The contract is what this command makes of Apple's document, to the byte.
func TestContractIsUpToDate(t *testing.T) {
	name := os.Getenv("ASCBOT_APPLE_OPENAPI")
	if name == "" {
		t.Skip("ASCBOT_APPLE_OPENAPI is not set: contract.json is not compared with Apple's document")
	}
	full, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var made bytes.Buffer
	if err := distil(full, &made); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(made.Bytes(), contract.JSON()) {
		t.Errorf("contract.json is out of date: run go run ./sandbox/apple/contract/distil %s > sandbox/apple/contract/contract.json", name)
	}
}

const small = `{"openapi":"3.0.1","info":{"version":"9"},"servers":[],"paths":{
"/v1/users":{"get":{"tags":["Users"],"operationId":"x","parameters":[{"name":"filter[username]","in":"query","description":"prose","schema":{"type":"array","items":{"type":"string"}}}],
"responses":{"200":{"description":"prose","content":{"application/json":{"schema":{"$ref":"#/components/schemas/User"}}}},"400":{"description":"prose"}}}},
"/v1/gameCenterGroups":{"get":{"responses":{}}}},
"components":{"schemas":{"User":{"type":"object","title":"User","properties":{"title":{"type":"string","description":"prose"}}},"Other":{"type":"string"}}}}`

// Prose and what is not of the surface are left out; a property that is called
// title stays.
func TestDistil(t *testing.T) {
	var made bytes.Buffer
	if err := distil([]byte(small), &made); err != nil {
		t.Fatal(err)
	}
	text := made.String()
	for _, gone := range []string{"prose", "operationId", "Users", "Other", "gameCenter"} {
		if strings.Contains(text, gone) {
			t.Errorf("%s is still in %s", gone, text)
		}
	}
	for _, there := range []string{`"/v1/users"`, `"title":{"type":"string"}`, `"filter[username]"`, `"Refused":{`} {
		if !strings.Contains(text, there) {
			t.Errorf("%s is not in %s", there, text)
		}
	}
	for _, bad := range []string{"", "<html>", `{"paths":{}}`} {
		if distil([]byte(bad), &made) == nil {
			t.Errorf("%q is taken for a document", bad)
		}
	}
}

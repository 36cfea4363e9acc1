package asc_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"strings"
	"time"

	"github.com/ascbot/ascbot/asc"
	"github.com/govalues/decimal"
)

// Read the key file, and list the apps that the key sees.
func ExampleNew() {
	p8, err := os.ReadFile("AuthKey_2X9R4HXF34.p8")
	if err != nil {
		log.Fatal(err)
	}
	key, err := asc.ParseKey(p8)
	if err != nil {
		log.Fatal(err)
	}
	client, err := asc.New(asc.Config{KeyID: "2X9R4HXF34", IssuerID: "57246542-96fe-1a63-e053-0824d011072a", Key: key})
	if err != nil {
		log.Fatal(err)
	}
	for app, err := range client.Apps(context.Background(), asc.AppFilter{}) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(app.Name, app.BundleID)
	}
}

var client *asc.Client

// Find a build by what people call it, "1.2.3 (45)", with all that is around it.
func ExampleClient_Builds() {
	f := asc.BuildFilter{App: []string{"6443001001"}, Version: []string{"1.2.3"}, Number: []string{"45"}, IncludeBeta: true}
	for b, err := range client.Builds(context.Background(), f) {
		if err != nil {
			log.Fatal(err)
		}
		if d := b.BetaDetail; d != nil { // a fresh build has none for some minutes
			fmt.Println(b.Number, d.InternalState, d.ExternalState)
		}
	}
}

// Tell what became of an invitation.
func ExampleClient_InviteUser() {
	ctx := asc.WithClass(context.Background(), asc.Work)
	_, err := client.InviteUser(ctx, asc.NewInvitation{
		Email: "bo@example.com", FirstName: "Bo", LastName: "Ek", Roles: []string{"DEVELOPER"}, VisibleApps: []string{"6443001001"},
	})
	switch {
	case err == nil:
		fmt.Println("Sent.")
	case asc.Unsure(err):
		fmt.Println("It may have been sent: look at the open invitations before you try again.")
	case asc.AlreadyExists(err):
		fmt.Println("There is a user or an invitation already.")
	case asc.AgreementMissing(err):
		fmt.Println("The Account Holder has to accept an agreement first.")
	case asc.RateLimited(err):
		if waited, ok := errors.AsType[*asc.BudgetError](err); ok {
			fmt.Println("Try again after", waited.Until.Format(time.Kitchen))
		}
	default:
		fmt.Println(err)
	}
}

// Turn a public link on for at most 500 testers.
func ExampleClient_OpenPublicLink() {
	group, err := client.OpenPublicLink(context.Background(), "4f0a", 500)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(group.PublicLink) // blank until the group has a build
}

// Add up what a report earns, by currency. A refund has negative units and a
// positive price.
func ExampleSumSales() {
	report := strings.Join([]string{
		"SKU\tTitle\tProduct Type Identifier\tUnits\tDeveloper Proceeds\tCustomer Currency\tCountry Code\tCurrency of Proceeds\tApple Identifier\tCustomer Price\tParent Identifier",
		"coins\tCoins\tIA1\t3\t.7\tEUR\tDE\tEUR\t145\t0.99\tHALO",
		"coins\tCoins\tIA1\t-1\t.7\tEUR\tDE\tEUR\t145\t-0.99\tHALO",
		"HALO\tHalo\t1F\t12\t0\tEUR\tDE\t \t144\t0\t ",
	}, "\n")
	earned := map[string]decimal.Decimal{}
	for row, err := range asc.SumSales(strings.NewReader(report), 1<<20) {
		if err != nil {
			log.Fatal(err)
		}
		amount, err := row.Units.Mul(row.Proceeds)
		if err != nil {
			log.Fatal(err)
		}
		if row.ProceedsCurrency != "" {
			earned[row.ProceedsCurrency], _ = earned[row.ProceedsCurrency].Add(amount)
		}
	}
	fmt.Println(earned["EUR"])
	// Output: 1.4
}

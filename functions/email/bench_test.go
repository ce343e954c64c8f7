package email

import "testing"

// BenchmarkLetter is what a mail costs before a server is dialled.
func BenchmarkLetter(b *testing.B) {
	made, err := New(Config{Server: "smtp.example.com", From: from, Contact: contact()})
	if err != nil {
		b.Fatal(err)
	}
	n := notification()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := made.(sender).letter(n); err != nil {
			b.Fatal(err)
		}
	}
}

package workspace

import (
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/hold"
	"github.com/pai-notify/pai-notify/shared/workspace/internal/document"
)

// maxPrices keeps what a bus carries with each rule small: its wrapper has room for
// some 10,000 characters.
const maxPrices = 50

// indexPrices reads the prices of the document and checks what their shape leaves
// open.
func (b *builder) indexPrices() {
	d := b.document.Prices
	if d == nil {
		return
	}
	b.prices = &hold.Prices{Currency: d.Currency, GPUs: b.pricesOf(d.GPUs, "prices.gpus"), Instances: b.pricesOf(d.Instances, "prices.instances")}
	switch count := len(d.GPUs) + len(d.Instances); {
	case count > maxPrices:
		b.add(pricesMany, "prices", "count", count, "most", maxPrices)
	case count == 0 && !b.failed("prices"):
		b.add(pricesNone, "prices")
	}
}

// pricesOf returns prices in the unit in which they are reckoned with, which is exact
// for what a document may write.
func (b *builder) pricesOf(given map[string]document.Price, path string) map[string]int64 {
	var all map[string]int64
	for _, name := range slices.Sorted(maps.Keys(given)) {
		at, price := path+"."+free(name), float64(given[name])*hold.PriceUnit
		whole := math.Round(price)
		switch {
		case !document.Name.Accepts(name):
			b.add(quietName, at, "format", document.Name.Wants.With())
		case whole < 0 || whole > float64(document.Price(0).Most()*hold.PriceUnit) || math.Abs(price-whole) > 1e-4:
			b.add(priceRange, at, "most", document.Price(0).Most())
		default:
			if all == nil {
				all = map[string]int64{}
			}
			all[name] = int64(whole)
		}
	}
	return all
}

// ends checks that a rule with a summary is told of an end.
func (b *builder) ends(c *event.Catalogue, d document.Rule, path string) {
	var ending []string
	for _, t := range c.TypesOf(d.Source) {
		if t.Ends {
			ending = append(ending, t.What())
		}
	}
	asks := func(what string) bool {
		t, known := c.Type(d.Source + "." + what)
		// What can recover has failed, and its status may say that it has ended.
		return what == document.Everything || !known || t.Ends || t.RecoveredBy != nil
	}
	if len(ending) > 0 && slices.ContainsFunc(d.Events, asks) {
		return
	}
	var types any
	if ending != nil {
		types = whichEnd.With("source", d.Source, "types", strings.Join(ending, ", "))
	}
	b.add(neverEnds, path, "types", types)
}

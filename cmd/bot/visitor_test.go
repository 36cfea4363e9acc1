package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
)

// browserNeeded is set where a missing Chromium must not go unnoticed.
const browserNeeded = "ASCBOT_BROWSER"

// chromium finds the browser, or skips the test and says why.
func chromium(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	if os.Getenv(browserNeeded) != "" {
		t.Fatal("Chromium is needed here and was not found")
	}
	t.Skip("there is no Chromium on this machine, so nobody looks at the page; the story itself is tested by sandbox --play")
	return ""
}

// The browser all visitors share: starting one takes longer than most visits. Each
// visitor has a profile of their own in it.
var shared struct {
	once  sync.Once
	ctx   context.Context
	err   error
	close func()
}

// browser is the one that runs, started by the first visitor.
func browser(t *testing.T) context.Context {
	t.Helper()
	path := chromium(t)
	shared.once.Do(func() {
		dir, err := os.MkdirTemp("", "ascbot-browser-")
		if err != nil {
			shared.err = err
			return
		}
		opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU,
			chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true), chromedp.UserDataDir(dir))
		all, endAll := chromedp.NewExecAllocator(context.Background(), opts...)
		ctx, end := chromedp.NewContext(all)
		shared.ctx, shared.err = ctx, chromedp.Do(ctx) // it lives as long as the context it is first used with
		shared.close = func() {
			_ = chromedp.Cancel(ctx)
			end()
			endAll()
			os.RemoveAll(dir)
		}
	})
	if shared.err != nil {
		t.Fatal(shared.err)
	}
	return shared.ctx
}

// closeBrowser ends it after all tests, if it was started.
func closeBrowser() {
	if shared.close != nil {
		shared.close()
	}
}

// atLeisure is for visits that a quick run leaves out: the story is told, and strangers
// are kept out, in each run.
func atLeisure(t *testing.T) {
	t.Helper()
	if testing.Short() && os.Getenv(browserNeeded) == "" {
		t.Skip("the rest of the page is looked at without -short, or with " + browserNeeded + "=needed")
	}
}

// visitor is somebody in front of the page.
type visitor struct {
	t   *testing.T
	ctx context.Context
}

// visit starts the whole sandbox and opens its page.
func visit(t *testing.T, width, height int64) (*visitor, *playground) {
	t.Helper()
	return visitAt(t, &sandboxCmd{}, width, height)
}

// visitAt is visit with the sandbox as its flags say.
func visitAt(t *testing.T, c *sandboxCmd, width, height int64) (*visitor, *playground) {
	t.Helper()
	chromium(t)
	t.Parallel()
	home, err := openPlayground(t.Context(), c, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	running, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- home.bot.Run(running) }()
	t.Cleanup(func() {
		stop()
		if err := errors.Join(<-ended, home.Close()); err != nil {
			t.Error(err)
		}
	})
	<-home.bot.Ready()
	ctx, cancel := chromedp.NewContext(browser(t), chromedp.WithNewBrowserContext())
	t.Cleanup(func() { _ = chromedp.Cancel(ctx); cancel() })
	v := &visitor{t, ctx}
	if err := chromedp.Do(ctx); err != nil { // a window lives as long as the context it is first used with
		t.Fatal(err)
	}
	v.prefers("light")
	v.do(chromedp.EmulateViewport(width, height), chromedp.Navigate(home.box.URL()))
	t.Cleanup(func() {
		if wrong := ask[string](v, `window.wrong || ''`); wrong != "" {
			t.Errorf("the page's script fails: %s", wrong)
		}
	})
	// A ResizeObserver that changes sizes says so as an error; it is none.
	v.do(script(`addEventListener('error', (e) => { if (!/^ResizeObserver loop/.test(e.message)) window.wrong = e.message }); addEventListener('unhandledrejection', (e) => { window.wrong = String(e.reason) })`))
	return v, home
}

func (v *visitor) do(steps ...chromedp.Action[chromedp.Void]) {
	v.t.Helper()
	ctx, cancel := context.WithTimeout(v.ctx, 20*time.Second)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		v.shoot("failed")
		v.t.Fatal(err)
	}
}

// ask evaluates a script in the page.
func ask[T any](v *visitor, script string) T {
	v.t.Helper()
	ctx, cancel := context.WithTimeout(v.ctx, 20*time.Second)
	defer cancel()
	got, err := chromedp.Run(ctx, chromedp.Evaluate[T](script, chromedp.EvalAwaitPromise))
	if err != nil {
		v.t.Fatal(err)
	}
	return got
}

// script is a step that runs a script for what it does.
func script(text string) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Run(ctx, chromedp.Evaluate[any](text+"; null"))
		return err
	})
}

// where finds the middle of what a person would look for: an element that fits
// a selector, is visible and has a name or text; the innermost when it is in others.
const where = `((selector, text, whole) => {
  const named = (e) => (e.getAttribute('aria-label') || (e.id && document.querySelector('label[for="' + e.id + '"]')?.textContent) || e.textContent || e.placeholder || '').trim();
  const fits = [...document.querySelectorAll(selector)].filter((e) => {
    const r = e.getBoundingClientRect(), n = named(e);
    return r.width > 0 && r.height > 0 && (whole ? n === text : n.includes(text));
  });
  const e = fits.find((x) => !fits.some((y) => y !== x && x.contains(y)));
  if (!e) return null;
  const before = e.getBoundingClientRect().y;
  e.scrollIntoView({ block: 'center', behavior: 'instant' });
  const r = e.getBoundingClientRect();
  if (r.y !== before && e.role === 'combobox') return null; // its list closes when the page hears of having been scrolled
  return [r.x + r.width / 2, r.y + r.height / 2];
})(%q, %q, %v)`

// sees waits until something is on the screen.
func (v *visitor) sees(selector, text string) (x, y float64) { return v.find(selector, text, false) }

func (v *visitor) find(selector, text string, whole bool) (x, y float64) {
	v.t.Helper()
	late := time.Now().Add(15 * time.Second)
	for {
		if at := ask[[]float64](v, fmt.Sprintf(where, selector, text, whole)); len(at) == 2 {
			return at[0], at[1]
		}
		if time.Now().After(late) {
			v.shoot("failed")
			v.t.Fatalf("nobody sees %s “%s”", selector, text)
		}
		time.Sleep(20 * time.Millisecond) // a browser has no other way to say that it has drawn
	}
}

// noLonger waits until something is gone.
func (v *visitor) noLonger(selector string) {
	v.t.Helper()
	late := time.Now().Add(15 * time.Second)
	for ask[bool](v, fmt.Sprintf("document.querySelector(%q) !== null", selector)) {
		if time.Now().After(late) {
			v.shoot("failed")
			v.t.Fatalf("%s is still there", selector)
		}
		time.Sleep(20 * time.Millisecond) // a browser has no other way to say that it has drawn
	}
}

// clicks presses the mouse on something with exactly this name.
func (v *visitor) clicks(selector, name string) {
	v.t.Helper()
	x, y := v.find(selector, name, true)
	v.do(chromedp.MouseClickXY(x, y))
}

// picks presses the mouse on something that shows these words.
func (v *visitor) picks(selector, words string) {
	v.t.Helper()
	x, y := v.sees(selector, words)
	v.do(chromedp.MouseClickXY(x, y))
}

// points moves the mouse over something.
func (v *visitor) points(selector, words string) {
	v.t.Helper()
	x, y := v.sees(selector, words)
	v.do(chromedp.MouseEvent(chromedp.MouseMoved, x, y))
}

// types writes into the field with a name.
func (v *visitor) types(field, text string) {
	v.t.Helper()
	x, y := v.find("input, textarea", field, true)
	v.do(chromedp.MouseClickXY(x, y), script(`document.activeElement.select()`))
	v.writes(text)
}

// says types into the composer and sends it.
func (v *visitor) says(line string) {
	v.t.Helper()
	x, y := v.sees(".composer textarea", "")
	v.do(chromedp.MouseClickXY(x, y))
	v.writes(line)
	v.press("\r")
}

// actsAs changes who one is.
func (v *visitor) actsAs(name string) {
	v.t.Helper()
	const menu = "[role=menuitemradio], [role=menuitem]"
	for range 5 { // a press on what is drawn anew in that instant is none, and one presses again
		x, y := v.sees(".switcher", "Act as somebody else")
		v.do(chromedp.MouseClickXY(x, y))
		for late := time.Now().Add(3 * time.Second); time.Now().Before(late); {
			if at := ask[[]float64](v, fmt.Sprintf(where, menu, name, false)); len(at) == 2 {
				v.do(chromedp.MouseClickXY(at[0], at[1]))
				return
			}
			time.Sleep(20 * time.Millisecond) // a browser has no other way to say that it has drawn
		}
	}
	v.sees(menu, name)
}

// shoot leaves a picture for who wants to look.
func (v *visitor) shoot(name string) {
	v.t.Helper()
	png, err := chromedp.Run(v.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		v.t.Logf("no picture of %s: %v", name, err)
		return
	}
	path := filepath.Join(v.t.ArtifactDir(), name+".png")
	if err := os.WriteFile(path, png, 0o600); err != nil {
		v.t.Error(err)
	}
}

// press presses keys, such as kb.Tab, wherever the focus is.
func (v *visitor) press(keys string) {
	v.t.Helper()
	v.do(chromedp.KeyEvent(keys))
}

// prefers tells the page that this person likes it "dark" or "light". Nobody here
// likes animations, whose pictures would be half of something.
func (v *visitor) prefers(scheme string) {
	v.t.Helper()
	v.do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}},
		})
		return err
	}))
}

// writes puts a text where the focus is, as an input method does.
func (v *visitor) writes(text string) {
	v.t.Helper()
	v.do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, input.InsertText, input.InsertTextParams{Text: text})
		return err
	}))
}

// illegible finds text whose contrast with what is behind it is less than WCAG's
// level AA asks (4.5, or 3 for large text), and buttons and fields without a name.
const illegible = `(() => {
	const one = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
	const rgba = (colour) => { one.clearRect(0, 0, 1, 1); one.fillStyle = colour; one.fillRect(0, 0, 1, 1); return [...one.getImageData(0, 0, 1, 1).data]; };
	const over = (top, under) => top.slice(0, 3).map((c, i) => c * top[3] / 255 + under[i] * (1 - top[3] / 255));
	const light = (c) => c.slice(0, 3).map((x) => x / 255).map((x) => x <= .04045 ? x / 12.92 : ((x + .055) / 1.055) ** 2.4).reduce((t, x, i) => t + x * [.2126, .7152, .0722][i], 0);
	const behind = (e) => {
		const layers = [];
		for (; e; e = e.parentElement) { const b = rgba(getComputedStyle(e).backgroundColor); if (b[3]) layers.push(b); if (b[3] === 255) break; }
		return layers.reverse().reduce((under, top) => over(top, under), [255, 255, 255]);
	};
	const bad = [];
	for (const e of document.querySelectorAll('body *')) {
		const s = getComputedStyle(e), r = e.getBoundingClientRect();
		const own = [...e.childNodes].filter((n) => n.nodeType === 3).map((n) => n.data.trim()).join('');
		if (!own || !r.width || !r.height || s.visibility === 'hidden' || e.closest('[inert], .sr, :disabled')) continue;
		const under = behind(e);
		const ink = over(rgba(e.closest('svg') ? s.fill : s.color), under);
		const [a, b] = [light(ink), light(under)].sort((x, y) => y - x);
		const big = parseFloat(s.fontSize) >= 24 || parseFloat(s.fontSize) >= 18.66 && s.fontWeight >= 700;
		const ratio = (a + .05) / (b + .05);
		if (ratio < (big ? 3 : 4.5)) bad.push(ratio.toFixed(2) + ' ' + e.className + ' ' + own.slice(0, 30));
		if (parseFloat(s.fontSize) < 10) bad.push(s.fontSize + ' ' + own.slice(0, 30));
	}
	for (const e of document.querySelectorAll('button, input, textarea, select')) {
		if (e.getBoundingClientRect().width && !(e.getAttribute('aria-label') || e.textContent.trim() || e.labels?.length || e.getAttribute('aria-labelledby'))) bad.push('no name: ' + e.outerHTML.slice(0, 90));
	}
	return bad;
})()`

// legible checks that everything that is shown can be read.
func (v *visitor) legible(where string) {
	v.t.Helper()
	for _, one := range ask[[]string](v, illegible) {
		v.t.Errorf("%s: hard to read: %s", where, one)
	}
}

// until waits for a script to answer true.
func (v *visitor) until(what, script string) {
	v.t.Helper()
	late := time.Now().Add(15 * time.Second)
	for !ask[bool](v, script) {
		if time.Now().After(late) {
			v.shoot("failed")
			v.t.Fatalf("it never comes: %s", what)
		}
		time.Sleep(20 * time.Millisecond) // a browser has no other way to say that it has drawn
	}
}

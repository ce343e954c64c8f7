package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	mit = `Copyright (c) 2020 Somebody

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation files (the "Software"), to deal in the Software without restriction, including without limitation the rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
`
	gpl = `This program is free software: you can redistribute it and/or modify it under the terms of the GNU General Public License as published by the Free Software Foundation, either version 3 of the License, or (at your option) any later version.

This program is distributed in the hope that it will be useful, but WITHOUT ANY WARRANTY; without even the implied warranty of MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE. See the GNU General Public License for more details.

You should have received a copy of the GNU General Public License along with this program. If not, see <https://www.gnu.org/licenses/>.
`
	commons = `"Commons Clause" License Condition v1.0

The Software is provided to you by the Licensor under the License, as defined below, subject to the following condition.

Without limiting other conditions in the License, the grant of rights under the License will not include, and the License does not grant to you, the right to Sell the Software.

For purposes of the foregoing, "Sell" means practicing any or all of the rights granted to you under the License to provide to third parties, for a fee or other consideration (including without limitation fees for hosting or consulting/ support services related to the Software), a product or service whose value derives, entirely or substantially, from the functionality of the Software. Any license notice or attribution required by the License must also include this Commons Clause License Condition notice.
`
	own = "All rights reserved. You may look at this software and not use it.\n"
)

func TestCollect(t *testing.T) {
	for name, test := range map[string]struct {
		files   map[string]string
		problem string // part of the error; empty if there is none
		printed []string
		not     string
	}{
		"takes an allowed licence":                  {files: map[string]string{"LICENSE": mit}, printed: []string{"example.com/module\nMIT\n", "Copyright (c) 2020 Somebody"}},
		"takes the licence of a linked folder":      {files: map[string]string{"LICENSE": mit, "linked/COPYING.txt": "Another one\n" + mit}, printed: []string{"example.com/module (linked/COPYING.txt)\nMIT\n"}},
		"takes a notice as it is":                   {files: map[string]string{"LICENSE": mit, "NOTICE": "Made by Somebody\n"}, printed: []string{"example.com/module (NOTICE)\n\nMade by Somebody"}},
		"leaves out what is not linked":             {files: map[string]string{"LICENSE": mit, "other/LICENSE": own}, printed: []string{"Somebody"}, not: "All rights reserved"},
		"refuses a module without a licence":        {files: map[string]string{"NOTICE": "Made by Somebody\n"}, problem: "example.com/module has no licence file"},
		"refuses a licence that is not allowed":     {files: map[string]string{"LICENSE": gpl}, problem: "licence GPL-3.0-or-later is not one of"},
		"refuses one in a linked folder":            {files: map[string]string{"LICENSE": mit, "linked/LICENSE": gpl}, problem: "example.com/module: linked/LICENSE: licence GPL"},
		"refuses one in a notice":                   {files: map[string]string{"LICENSE": mit, "NOTICE": gpl}, problem: "example.com/module: NOTICE: licence GPL"},
		"refuses an allowed one with a restriction": {files: map[string]string{"LICENSE": commons + mit}, problem: "no licence that is known"},
		"refuses a text that it does not know":      {files: map[string]string{"LICENSE": own}, problem: "no licence that is known"},
	} {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			linked := filepath.Join(root, "linked", "deep")
			require.NoError(t, os.MkdirAll(linked, 0o750))
			for file, content := range test.files {
				require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(root, file)), 0o750))
				require.NoError(t, os.WriteFile(filepath.Join(root, file), []byte(content), 0o600))
			}
			texts, err := collect([]module{{Path: "example.com/module", Dir: root, packages: []string{linked}}})
			if test.problem != "" {
				require.ErrorContains(t, err, test.problem)
				return
			}
			require.NoError(t, err)
			var out bytes.Buffer
			write(&out, texts)
			for _, part := range test.printed {
				assert.Contains(t, out.String(), part)
			}
			if test.not != "" {
				assert.NotContains(t, out.String(), test.not)
			}
		})
	}
}

func TestOneTextOfSeveralModulesIsPrintedOnce(t *testing.T) {
	modules := make([]module, 2)
	for i := range modules {
		modules[i] = module{Path: "example.com/" + string(rune('a'+i)), Dir: t.TempDir()}
		require.NoError(t, os.WriteFile(filepath.Join(modules[i].Dir, "LICENSE"), []byte(mit), 0o600))
	}
	texts, err := collect(modules)
	require.NoError(t, err)
	require.Len(t, texts, 1)
	assert.Equal(t, []string{"example.com/a", "example.com/b"}, texts[0].files)
}

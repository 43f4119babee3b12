package server

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"github.com/NVIDIA/cloud-native-stack/internal/config"
)

func TestFitConnections(t *testing.T) {
	const standard = config.DefaultConnections
	for _, tt := range []struct {
		connections, files int
		want               int // 0 for an error
	}{
		{standard, 1 << 20, standard}, {standard, standard + ownFiles, standard},
		{standard, standard + ownFiles - 1, standard - 1}, {standard, 64, 32}, {standard, ownFiles, 0},
		{10, 64, 10}, {100, 132, 100}, {100, 131, 0},
	} {
		var log bytes.Buffer
		limits := config.Limits{Connections: tt.connections}
		err := fitConnections(&limits, tt.files, slog.New(slog.NewTextHandler(&log, nil)))
		switch {
		case tt.want == 0:
			if err == nil || !strings.HasPrefix(err.Error(), "CNS_MAX_CONNECTIONS: ") {
				t.Errorf("%+v: error %v", tt, err)
			}
		case err != nil || limits.Connections != tt.want || (log.Len() > 0) != (tt.want < tt.connections):
			t.Errorf("%+v: %d, %v, log: %s", tt, limits.Connections, err, &log)
		}
	}
}

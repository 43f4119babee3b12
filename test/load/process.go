package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/prometheus/procfs"
	"github.com/valyala/fasthttp"

	"github.com/NVIDIA/cloud-native-stack/test/harness"
)

// process is a server that runs beside this program, so that its memory and processor time are its
// own.
type process struct {
	*harness.Process
	cmd  *exec.Cmd
	addr string
}

// startServer runs the binary with these variables alone and waits until it is ready. Its log goes
// to log.
func startServer(binary string, log *os.File, environment ...string) (*process, error) {
	return startUntil("/ready", binary, log, environment...)
}

// startUntil waits until a path is answered with 200. Somebody else may have taken the port
// meanwhile; then it takes another.
func startUntil(path, binary string, log *os.File, environment ...string) (*process, error) {
	const tries = 3
	var failed error
	for range tries {
		p, err := launch(binary, log, environment...)
		if err != nil {
			return nil, err
		}
		if err = p.await(path); err == nil {
			return p, nil
		}
		p.Stop()
		failed = errors.Join(failed, err)
	}
	return nil, failed
}

// launch runs the binary on a free port. Its own choice of one would have to be read from its log,
// which costs the load generator time all through a measurement.
func launch(binary string, log *os.File, environment ...string) (*process, error) {
	addr, err := freeAddress()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(binary)
	cmd.Env = append([]string{"PORT=" + addr[strings.LastIndex(addr, ":")+1:]}, environment...)
	if log != nil {
		cmd.Stderr = log
	}
	return spawn(cmd, addr)
}

// freeAddress returns one below the ports that the system gives to clients, of which attacks take
// thousands.
func freeAddress() (string, error) {
	var failed error
	for range 100 {
		listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", 10000+rand.IntN(20000)))
		if err == nil {
			return listener.Addr().String(), listener.Close()
		}
		failed = err
	}
	return "", failed
}

// startSelf runs this program again, by its arguments as a floor or an attack, and waits for a line
// of its output. Niceness leaves the processors to others.
func startSelf(in io.Reader, niceness int, args ...string) (p *process, line string, err error) {
	self, err := os.Executable()
	if err != nil {
		return nil, "", err
	}
	cmd := exec.Command("nice", append([]string{"-n", strconv.Itoa(niceness), self}, args...)...)
	cmd.Stdin, cmd.Stderr = in, new(bytes.Buffer)
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, "", err
	}
	if p, err = spawn(cmd, ""); err != nil {
		return nil, "", err
	}
	if line, err = bufio.NewReader(out).ReadString('\n'); err != nil {
		p.Stop()
		return nil, "", fmt.Errorf("%s: %w: %s", args[0], err, cmd.Stderr)
	}
	return p, strings.TrimSpace(line), nil
}

// spawn starts a command that dies with this program.
func spawn(cmd *exec.Cmd, addr string) (*process, error) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	p, err := harness.Run(cmd)
	return &process{p, cmd, addr}, err
}

// await asks for a path until it is answered with 200.
func (p *process) await(path string) error {
	for {
		status, _, err := fasthttp.Get(nil, p.url(path))
		if err == nil && status == fasthttp.StatusOK {
			return nil
		}
		select {
		case <-p.Exited():
			return fmt.Errorf("%s ended before it answered: %s", filepath.Base(p.cmd.Path), p.cmd.ProcessState)
		case <-time.After(200 * time.Microsecond):
		}
	}
}

func (p *process) url(path string) string { return "http://" + p.addr + path }

// memory returns how much memory the process has now and had at most since the start or the last
// resetPeak, in MB (of 1e6 bytes).
func (p *process) memory() (now, peak float64, err error) {
	proc, err := procfs.NewProc(p.PID())
	if err != nil {
		return 0, 0, err
	}
	status, err := proc.NewStatus()
	return float64(status.VmRSS) / 1e6, float64(status.VmHWM) / 1e6, err
}

// resetPeak makes the peak start at the memory of now (proc(5), clear_refs).
func (p *process) resetPeak() error {
	return os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", p.PID()), []byte("5"), 0)
}

// processorTime returns how many seconds the process has computed.
func (p *process) processorTime() (float64, error) {
	proc, err := procfs.NewProc(p.PID())
	if err != nil {
		return 0, err
	}
	stat, err := proc.Stat()
	return stat.CPUTime(), err
}

// gauges show what a server still holds on to.
type gauges struct{ goroutines, descriptors int }

func (p *process) gauges() (g gauges, err error) {
	status, body, err := fasthttp.GetTimeout(nil, p.url("/metrics"), answerTimeout)
	if err != nil || status != fasthttp.StatusOK {
		return g, fmt.Errorf("/metrics: %d %w", status, err)
	}
	for name, value := range map[string]*int{"go_goroutines": &g.goroutines, "process_open_fds": &g.descriptors} {
		_, rest, _ := strings.Cut(string(body), "\n"+name+" ")
		_, e := fmt.Sscan(rest, value)
		err = errors.Join(err, e)
	}
	return g, err
}

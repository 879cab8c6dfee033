// Loads Compose files as Docker Compose does and prints the result as JSON: go run . DIRECTORY FILE [PROFILE...]
// Interpolation takes its variables from DIRECTORY/.env alone. What Compose would refuse ends this with status 1.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/compose-spec/compose-go/v2/cli"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(arguments []string) error {
	if len(arguments) < 2 {
		return fmt.Errorf("usage: go run . DIRECTORY FILE [PROFILE...]")
	}
	directory, file, profiles := arguments[0], arguments[1], arguments[2:]
	options, err := cli.NewProjectOptions([]string{directory + "/" + file}, cli.WithWorkingDirectory(directory),
		cli.WithEnvFiles(), cli.WithDotEnv, cli.WithProfiles(profiles))
	if err != nil {
		return err
	}
	project, err := options.LoadProject(context.Background())
	if err != nil {
		return err
	}
	text, err := project.MarshalJSON()
	if err != nil {
		return err
	}
	_, err = os.Stdout.Write(text)
	return err
}
